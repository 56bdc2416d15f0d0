"""What every room stands on: the abstract record, refusals, money and periods."""
