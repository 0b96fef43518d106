"""One network's specification a file; ``load`` fills the book."""
