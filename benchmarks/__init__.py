"""What is measured rather than tested; each module runs by itself and prints its result."""
