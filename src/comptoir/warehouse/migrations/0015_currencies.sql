-- Money of another currency than the brand's: the ledger keeps it as it was paid, reports turn it by the rate of its day.

-- One row a brand: what its reports are in.
CREATE TABLE fact.brand_currency (brand VARCHAR PRIMARY KEY, currency VARCHAR NOT NULL);

-- One row a day, currency and currency it is turned into; `rate_on` is the day the rate was published.
CREATE TABLE fact.fx_rates (
    day           DATE            NOT NULL,
    currency      VARCHAR         NOT NULL,
    into_currency VARCHAR         NOT NULL,
    rate_on       DATE            NOT NULL,
    factor        DECIMAL(20, 12) NOT NULL  -- minor units times this are minor units of the other
);

-- One row: which file and which currencies the two tables above are made of.
CREATE TABLE fact.fx_loaded (mark VARCHAR NOT NULL);

-- Turns minor units into another currency's: rounded once, half to even, as all money is; NULL where no store could keep it.
CREATE MACRO fact.half_even(amount) AS CASE
    WHEN abs(amount - trunc(amount)) = 0.5 AND TRY_CAST(trunc(amount) AS BIGINT) % 2 = 0 THEN TRY_CAST(trunc(amount) AS BIGINT)
    ELSE TRY_CAST(round(amount) AS BIGINT)
END;

CREATE MACRO fact.turned(minor, factor) AS fact.half_even(TRY_CAST(minor AS DECIMAL(18, 0)) * factor);

-- One row a movement of the ledger, in its brand's currency where there is a rate of its day (UTC), else as it was paid.
CREATE VIEW fact.ledger_in_brand AS
WITH rated AS (
    SELECT
        ledger.*, rates.into_currency, rates.rate_on, rates.factor,
        fact.turned(ledger.amount_minor, rates.factor) AS turned_minor
    FROM main.revenue_ledger AS ledger
    LEFT JOIN fact.brand_currency AS brands ON ledger.brand = brands.brand
    LEFT JOIN fact.fx_rates AS rates
        ON ledger.currency = rates.currency AND brands.currency = rates.into_currency
            AND CAST(ledger.occurred_at AS DATE) = rates.day
)

SELECT
    * EXCLUDE (into_currency, rate_on, factor, turned_minor) REPLACE (
        coalesce(turned_minor, amount_minor) AS amount_minor,
        CASE WHEN turned_minor IS NULL THEN tax_minor ELSE fact.turned(tax_minor, factor) END AS tax_minor,
        CASE WHEN turned_minor IS NULL THEN cost_minor ELSE fact.turned(cost_minor, factor) END AS cost_minor,
        CASE WHEN turned_minor IS NULL THEN currency ELSE into_currency END AS currency,
        CASE WHEN turned_minor IS NULL THEN fx_rate_on ELSE rate_on END AS fx_rate_on
    ),
    currency AS paid_currency,
    amount_minor AS paid_minor
FROM rated;

-- One row a signed movement of money that counts: confirmed, or claimed by a source whose policy accepts claims.
CREATE OR REPLACE VIEW main.revenue AS
SELECT *
FROM fact.ledger_in_brand
WHERE trust = 'confirmed' OR source IN (SELECT source FROM fact.source_policy WHERE accepts_claimed_orders);

CREATE OR REPLACE VIEW finance.revenue AS SELECT * FROM main.revenue WHERE fact.may_read(brand);

CREATE OR REPLACE VIEW support.revenue AS SELECT * FROM main.revenue WHERE false;

CREATE OR REPLACE VIEW brand_admin.revenue AS SELECT * FROM main.revenue WHERE fact.may_read(brand);
