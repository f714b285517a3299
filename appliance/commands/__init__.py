"""What each `kl30` command does; `cli` only reads the words of the command line."""
