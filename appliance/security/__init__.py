"""WITH WHOSE KEY: SecurityAccess providers by name; what they need is the owner's, and none of it is shipped."""
