-- Numbers what is told of tax classes, in the order in which it became true: it is drawn under the lock of the rates.
CREATE SEQUENCE tax_class_versions;
