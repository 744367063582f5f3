// A thin C++ face of SQLite for services: one connection, prepared statements, errors as
// exceptions.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>

#include "leat/decimal.hpp"

namespace shop {

/// Dollars as whole cents, the form in which SQLite sums them exactly.
inline std::int64_t cents(leat::decimal amount) { return amount.round(2).units(); }

/// A database file. Any thread; its statements take turns. Writes survive the process's death by
/// kill -9 (a power cut may cost the last ones: that takes `synchronous = FULL`).
class Database {
public:
    /// Opens or creates `file` and sees that it has the tables of `schema`. Throws
    /// std::runtime_error.
    Database(const std::string& file, const char* schema) {
        sqlite3* opened = nullptr;
        const int code = sqlite3_open(file.c_str(), &opened);
        connection_.reset(opened);
        if (code != SQLITE_OK) fail("cannot open " + file);
        run("PRAGMA journal_mode = WAL");
        run("PRAGMA synchronous = NORMAL");
        run(schema);
    }

private:
    friend class Statement;
    void run(const char* sql) {
        if (sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(sql);
    }
    [[noreturn]] void fail(const std::string& what) const {
        throw std::runtime_error("SQLite: " + what + ": " + sqlite3_errmsg(connection_.get()));
    }
    std::mutex mutex_;
    std::unique_ptr<sqlite3, int (*)(sqlite3*)> connection_{nullptr, sqlite3_close};
};

/// A prepared statement. Any thread. Throws std::runtime_error whenever SQLite refuses.
class Statement {
public:
    /// Prepares `sql`, whose parameters are `?`. `database` outlives the statement.
    Statement(Database& database, const char* sql) : database_(database) {
        sqlite3_stmt* prepared = nullptr;
        if (sqlite3_prepare_v2(database.connection_.get(), sql, -1, &prepared, nullptr)
            != SQLITE_OK)
            database.fail(sql);
        statement_.reset(prepared);
    }

    /// Runs it with `values` for its parameters, in a transaction of its own.
    template <class... V>
    void run(const V&... values) {
        each<>([] {}, values...);
    }

    /// Calls `row` with the columns, as `C`s, of every row.
    template <class... C, class F, class... V>
    void each(F row, const V&... values) {
        const std::lock_guard lock{database_.mutex_};
        const Reset reset{statement_.get()};
        int parameter = 0;
        (bind(++parameter, values), ...);
        for (int code = step(); code == SQLITE_ROW; code = step())
            call<C...>(row, std::index_sequence_for<C...>{});
    }

    /// The columns of the first row. Throws if there is no row.
    template <class... C, class... V>
    std::tuple<C...> first(const V&... values) {
        std::optional<std::tuple<C...>> found;
        each<C...>(
            [&](C... columns) {
                if (!found) found.emplace(std::move(columns)...);
            },
            values...);
        if (!found) throw std::runtime_error("SQLite: no row");
        return std::move(*found);
    }

private:
    struct Reset {
        sqlite3_stmt* statement;
        ~Reset() { sqlite3_reset(statement); }
    };

    int step() {
        const int code = sqlite3_step(statement_.get());
        if (code != SQLITE_ROW && code != SQLITE_DONE)
            database_.fail(sqlite3_sql(statement_.get()));
        return code;
    }
    void bind(int at, std::int64_t value) { sqlite3_bind_int64(statement_.get(), at, value); }
    void bind(int at, double value) { sqlite3_bind_double(statement_.get(), at, value); }
    void bind(int at, const std::string& value) {
        sqlite3_bind_text(statement_.get(), at, value.data(), static_cast<int>(value.size()),
                          SQLITE_TRANSIENT);
    }
    void get(int at, std::int64_t& value) { value = sqlite3_column_int64(statement_.get(), at); }
    void get(int at, double& value) { value = sqlite3_column_double(statement_.get(), at); }
    void get(int at, std::string& value) {
        const auto* text = sqlite3_column_text(statement_.get(), at);
        value.assign(reinterpret_cast<const char*>(text),
                     static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), at)));
    }
    template <class... C, class F, std::size_t... I>
    void call(F& row, std::index_sequence<I...>) {
        std::tuple<C...> columns;
        (get(static_cast<int>(I), std::get<I>(columns)), ...);
        std::apply(row, std::move(columns));
    }

    Database& database_;
    std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement_{nullptr, sqlite3_finalize};
};

}  // namespace shop
