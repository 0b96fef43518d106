"""What is learned: a task a file, whose stem is its name in the spec and in the contract.

``targets`` of a batch, the ``loss`` over them, how a model is judged while it learns, and what is
chosen when it has learnt; everything else is the same for all.
"""
