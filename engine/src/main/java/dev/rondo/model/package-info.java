/// Whole models as data: an architecture, the parameters it implies, and the file that holds both.
/// Training does not belong here.
package dev.rondo.model;
