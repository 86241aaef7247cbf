-- Bodies of webhooks that are still kept: the job `housekeeping` empties the oldest.
CREATE INDEX webhooks_kept ON webhooks (done_at) WHERE body <> ''::bytea;
