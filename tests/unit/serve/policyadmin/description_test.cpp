#include "serve/policyadmin/desk.hpp"
#include "serve/policyadmin/policy_world.hpp"

#include <set>

namespace sealpost::test {
namespace {

using PolicyDescription = PolicyWorld;

std::string lower(std::string_view method)
{
    std::string name(method);
    for (char& c : name) c = static_cast<char>(c | 0x20);
    return name;
}

// "get /api/v1/policy/state", with the calls by which one signs in.
std::set<std::string> list_all()
{
    std::set<std::string> all{"get /api/v1/openapi.json", "get /api/v1/admin/session", "post /api/v1/admin/session",
                              "delete /api/v1/admin/session"};
    for (const auto& entry : policyadmin::list_calls())
        all.insert(lower(http::format_method(entry.method)) + " /api/v1/policy/" + std::string(entry.name));
    return all;
}

TEST_F(PolicyDescription, NamesEveryCallAndNoOther)
{
    Client anybody;
    const Answer answer = ask(anybody, {http::Method::get, "/api/v1/openapi.json"});
    ASSERT_EQ(answer.status, 200);
    EXPECT_EQ(answer.headers.find("Content-Type"), "application/json");
    const auto described = answer.object();
    EXPECT_EQ(described.at("openapi"), "3.1.0");
    std::set<std::string> named;
    for (const auto& path : described.at("paths").as_object())
        for (const auto& method : path.value().as_object())
            named.insert(std::string(method.key()) + " " + std::string(path.key()));
    EXPECT_EQ(named, list_all());
}

void collect_references(const json::value& value, std::set<std::string>& references)
{
    if (const auto* object = value.if_object()) {
        for (const auto& member : *object) {
            if (member.key() == "$ref") references.emplace(member.value().as_string());
            collect_references(member.value(), references);
        }
    } else if (const auto* array = value.if_array()) {
        for (const auto& item : *array) collect_references(item, references);
    }
}

TEST_F(PolicyDescription, RefersToWhatItHolds)
{
    Client anybody;
    const json::value described = ask(anybody, {http::Method::get, "/api/v1/openapi.json"}).object();
    std::set<std::string> references;
    collect_references(described, references);
    EXPECT_GE(references.size(), 15U);
    for (const auto& reference : references) {
        boost::system::error_code error;
        EXPECT_NE(described.find_pointer(reference.substr(1), error), nullptr) << reference;
    }
}

}  // namespace
}  // namespace sealpost::test
