// revenue: the last service: how much the shop earned in each month, and how long orders took to
// get here.
#include "revenue.hpp"

#include <leat/leat.hpp>

#include "events.hpp"
#include "sqlite.hpp"

namespace {

double milliseconds_since(leat::timestamp then) {
    const auto now = std::chrono::system_clock::now();
    return std::chrono::duration<double, std::milli>(now - then).count();
}

// All that it knows lies in the database: a killed service goes on where it was.
class Revenue {
public:
    explicit Revenue(const std::string& file)
        : database_(file,
                    "CREATE TABLE IF NOT EXISTS sales (order_id INTEGER PRIMARY KEY,"
                    " month TEXT NOT NULL, cents INTEGER NOT NULL, ms REAL NOT NULL)") {}

    void book(const shop::OrderBooked& booked) {
        const auto month = leat::to_iso_date(booked.order.date).substr(0, 7);
        insert_.run(booked.order.order_id, month, shop::cents(booked.order.amount),
                    milliseconds_since(booked.ordered_at));
    }

    shop::RevenueReport report() {
        shop::RevenueReport report;
        months_.each<std::string, std::int64_t, std::int64_t>(
            [&](std::string month, std::int64_t orders, std::int64_t cents) {
                const auto revenue = leat::decimal::of(cents, 2);
                report.months.push_back({std::move(month), orders, revenue});
                report.orders += orders;
                report.revenue += revenue;
            });
        if (report.orders == 0) return report;
        const auto after = [&](int share) {
            return std::get<0>(latency_.first<double>(report.orders * share / 100));
        };
        report.latency = {after(50), after(99)};
        return report;
    }

private:
    shop::Database database_;
    // Bookings may come twice: the first one counts.
    shop::Statement insert_{database_,
                            "INSERT INTO sales VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"};
    shop::Statement months_{
        database_, "SELECT month, count(*), sum(cents) FROM sales GROUP BY month ORDER BY month"};
    shop::Statement latency_{database_, "SELECT ms FROM sales ORDER BY ms LIMIT 1 OFFSET ?"};
};

}  // namespace

int main(int argc, char** argv) {
    leat::app app{"revenue", argc, argv};
    app.topic("stock", {.partitions = 12});
    Revenue revenue{app.setting("database", "revenue.db", "the SQLite file of sales")};
    app.on<shop::OrderBooked>("stock", [&](const shop::OrderBooked& o) { revenue.book(o); });
    app.get("/revenue", [&] { return revenue.report(); });
    return app.run();
}
