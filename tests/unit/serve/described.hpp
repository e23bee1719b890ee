#pragma once

#include "sys/http/router.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace sealpost::test {

// doc/spec/NAME.openapi.json
inline boost::json::value read_description(const std::string& name)
{
    std::ifstream file(std::string(SEALPOST_SOURCE_DIR) + "/doc/spec/" + name + ".openapi.json");
    return boost::json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
}

// The OpenAPI document of the service.
inline boost::json::value read_service_description() { return read_description("key-api"); }

// The paths of all that a service serves.
inline boost::json::object read_described_paths()
{
    auto all = read_service_description().at("paths").as_object();
    const auto administrators = read_description("administrators-api");
    for (const auto& path : administrators.at("paths").as_object()) all[path.key()] = path.value();
    return all;
}

// Each call on the router that begins so is described; answers how many there are.
inline int expect_described(const http::Router& router, std::string_view beginning)
{
    const auto paths = read_described_paths();
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
