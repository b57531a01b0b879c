"""The product: runs of agents, from trigger to end."""
