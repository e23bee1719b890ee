#pragma once

#include "sys/http/router.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace sealpost::test {

// The OpenAPI document of the service, doc/spec/key-api.openapi.json.
inline boost::json::value read_service_description()
{
    std::ifstream file(std::string(SEALPOST_SOURCE_DIR) + "/doc/spec/key-api.openapi.json");
    return boost::json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
}

// Each call on the router that begins so is described; answers how many there are.
inline int expect_described(const http::Router& router, std::string_view beginning)
{
    const auto document = read_service_description();
    const auto& paths = document.at("paths").as_object();
    int found = 0;
    for (const auto& route : router.routes()) {
        if (!route.pattern.starts_with(beginning)) continue;
        ++found;
        std::string method(http::format_method(route.method));
        for (char& c : method) c = static_cast<char>(c | 0x20);
        const auto* path = paths.if_contains(route.pattern);
        EXPECT_TRUE(path && path->as_object().contains(method)) << method << ' ' << route.pattern;
    }
    return found;
}

}  // namespace sealpost::test
