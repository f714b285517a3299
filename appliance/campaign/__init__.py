"""Why: bulletin to eligibility to measures plan to claim; pure."""
