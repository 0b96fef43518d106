"""Where a stream's frames come from: an address, what plays it, who watches over it."""
