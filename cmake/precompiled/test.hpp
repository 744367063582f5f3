// What nearly every unit test reads.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "std.hpp"
