"""Our own layers, one file each; Keras finds them again by their registered names when a model is loaded."""
