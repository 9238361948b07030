"""Two tables for the bare transaction."""

from django.db import models


class Left(models.Model):
    text = models.CharField(max_length=40)


class Right(models.Model):
    text = models.CharField(max_length=40)
    left = models.ForeignKey(Left, on_delete=models.CASCADE)
