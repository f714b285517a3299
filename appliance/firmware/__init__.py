"""With what: the verified store of campaigns and images."""
