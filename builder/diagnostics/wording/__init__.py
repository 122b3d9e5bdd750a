"""What each kind of fault says, a file a stage."""
