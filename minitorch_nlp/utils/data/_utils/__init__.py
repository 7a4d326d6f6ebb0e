"""What a DataLoader is made of: fetching samples, collating them, worker processes and how their batches get here."""
