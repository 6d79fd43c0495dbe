"""What each command of the command line does; cli.py says how they are called."""
