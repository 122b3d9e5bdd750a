"""Our own learning-rate schedules, one file each."""
