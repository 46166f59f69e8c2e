"""What a data owner asks of synthetic rows beside their score: fidelity, diversity, copying."""
