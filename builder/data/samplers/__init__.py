"""The samplers a spec may name, one file each; each file is found by being here."""
