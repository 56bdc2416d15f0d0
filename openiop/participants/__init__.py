"""The person, their supporters, episodes of care with dated levels, diagnoses and the care team."""
