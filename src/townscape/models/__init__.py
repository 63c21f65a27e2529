"""Networks: building them, their weights and cards, and running them over windows."""
