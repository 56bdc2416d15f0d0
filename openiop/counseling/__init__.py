"""SUD counseling notes: kept apart from the record, encrypted, and read by their author alone."""
