"""Programs, their sites and rooms, the policies that bound them; who belongs and what each may do."""
