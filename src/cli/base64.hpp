// Base64 as RFC 4648 has it, with its padding. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace leat::cli {

std::string base64(ByteView bytes);

/// The bytes that base64() makes `text` of; nothing if there are none, so that each text has one
/// meaning and each meaning one text.
std::optional<Bytes> from_base64(std::string_view text);

}  // namespace leat::cli
