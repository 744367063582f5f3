// What `leat log dump` writes: one line for each thing found, for people or as JSON.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

namespace leat::cli {

/// Standard output, a line at a time: memory does not grow with what is dumped.
class DumpOutput {
public:
    explicit DumpOutput(bool json) : json_(json) {}

    /// What follows is in the file `path`.
    void begin_file(const std::string& path, std::uint64_t size);
    /// A thing of that kind in the file. For people its fields are NAME=VALUE, without those that
    /// are null or false, times as text, and strings in quotes where they need them.
    void put(std::string_view kind, const boost::json::object& fields);
    /// The same of a part of the thing before: for people it stands further to the right.
    void put_part(std::string_view kind, const boost::json::object& fields);
    /// As put(), for what is wrong: the command then fails.
    void put_damage(const boost::json::object& fields);

    bool is_json() const { return json_; }
    bool found_damage() const { return damaged_; }
    /// Whether standard output takes no more.
    bool is_broken() const { return broken_; }

private:
    void put_line(std::string_view indent, std::string_view kind,
                  const boost::json::object& fields);
    void write(std::string line);

    bool json_;
    std::string file_;
    bool damaged_ = false;
    bool broken_ = false;
};

/// "kind name=value …" as put() writes it. Pure.
std::string dump_line(std::string_view kind, const boost::json::object& fields);

}  // namespace leat::cli
