"""OpenIOP: the record and the week of an intensive outpatient program."""
