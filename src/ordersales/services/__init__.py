"""One script for each thing that a person, a timer or a payment system does."""
