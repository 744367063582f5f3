// bank: an outside service that charges customers: never nothing, never an order twice, and now and
// then it is out of order.
#include <leat/leat.hpp>
#include <mutex>
#include <unordered_map>

#include "bank_faults.hpp"
#include "events.hpp"
#include "sqlite.hpp"

namespace {

struct Totals {
    std::int64_t charges = 0;
    leat::decimal amount;
};

class Bank {
public:
    Bank(const std::string& file, std::uint64_t seed)
        : database_(file,
                    "CREATE TABLE IF NOT EXISTS charges"
                    " (order_id INTEGER PRIMARY KEY, cents INTEGER NOT NULL)"),
          seed_(seed) {}

    leat::response charge(const shop::Charge& wanted) {
        if (wanted.amount <= 0)
            return leat::problem_response(
                422, "An amount of " + wanted.amount.to_string() + " cannot be charged.",
                "/amount");
        if (out_of_order(wanted.order_id))
            return leat::problem_response(503, "The bank is out of order for a moment.");
        insert_.run(wanted.order_id, shop::cents(wanted.amount));
        const auto [charged] = find_.first<std::int64_t>(wanted.order_id);
        if (charged != shop::cents(wanted.amount))
            return leat::problem_response(409, "This order was charged with another amount.");
        return leat::json_response(wanted);
    }

    Totals totals() {
        const auto [charges, cents] = totals_.first<std::int64_t, std::int64_t>();
        return {charges, leat::decimal::of(cents, 2)};
    }

private:
    bool out_of_order(std::int64_t order_id) {
        const std::lock_guard lock{mutex_};
        const auto at = failures_.find(order_id);
        if (!shop::bank_fails(seed_, order_id, at == failures_.end() ? 0 : at->second))
            return false;
        ++failures_[order_id];
        return true;
    }

    shop::Database database_;
    shop::Statement insert_{database_, "INSERT INTO charges VALUES (?, ?) ON CONFLICT DO NOTHING"};
    shop::Statement find_{database_, "SELECT cents FROM charges WHERE order_id = ?"};
    shop::Statement totals_{database_, "SELECT count(*), coalesce(sum(cents), 0) FROM charges"};
    std::uint64_t seed_;
    std::mutex mutex_;
    std::unordered_map<std::int64_t, std::uint64_t> failures_;
};

}  // namespace

int main(int argc, char** argv) {
    leat::app app{"bank", argc, argv};
    const auto file = app.setting("database", "bank.db", "the bank's SQLite file");
    const auto seed = app.setting<std::uint64_t>("seed", 1, "which requests fail");
    Bank bank{file, seed};
    app.post("/charges", [&bank](const shop::Charge& wanted) { return bank.charge(wanted); });
    app.get("/charges", [&bank] { return bank.totals(); });
    return app.run();
}
