"""Referral, enquiry, pre-screen, assessment by dimension, placement and admission."""
