"""Networks: a backbone and a head each in its own file, whose stem is its name everywhere."""
