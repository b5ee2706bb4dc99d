"""What the trainings on recordings of sensors share: groups of recordings, their split, training on features, what is left behind."""
