// How `leat consume` writes records, and what it says of those that a form cannot carry.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "base/result.hpp"
#include "cli/record_text.hpp"

namespace leat::cli {

class RecordWriter {
public:
    struct Options {
        bool json = false;
        bool envelope = false;  // wins over json
        std::optional<std::string> format = {};
        std::string key_delimiter = {};
        /// Nothing that a record holds may command it.
        bool terminal = false;
    };
    /// `note` is told, once for each kind, what a record loses in this form: on a terminal, where
    /// nobody reads it back, only damage. Error: invalid_argument (the format).
    static Result<RecordWriter> create(const Options& options,
                                       std::function<void(const std::string&)> note);

    /// Appends the record, with its line's end.
    void append(std::string& out, const client::ReadRecord& read);

private:
    void note_losses(const client::ReadRecord& read);
    void note_once(const std::string& what, const client::ReadRecord& read);

    Options options_;
    std::function<void(const std::string&)> note_;
    RecordFormat format_;
    std::set<std::string> noted_;
};

}  // namespace leat::cli
