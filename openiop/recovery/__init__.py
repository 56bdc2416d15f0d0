"""What the participant owns: daily check-ins."""
