#include "sys/http/fields.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

namespace sealpost::http {
namespace {

boost::json::object parse(std::string_view text) { return boost::json::parse({text.data(), text.size()}).as_object(); }

std::string field_of_complaint(const Fields& fields)
{
    const auto checked = fields.check();
    return checked.has_error() ? std::string(checked.error().more.at("field").as_string()) : std::string();
}

TEST(Fields, ReadSecretsWithTheLimitsOfTexts)
{
    const auto body = parse(R"({"password": "let me in", "code": "", "pin": 1234, "key": "0123456789"})");
    Fields fields(body);
    EXPECT_EQ(fields.secret("password", 9).reveal_text(), "let me in");
    EXPECT_TRUE(fields.secret("code", 9).empty());
    EXPECT_TRUE(fields.check().has_value());
    EXPECT_TRUE(fields.secret("key", 9).empty());
    EXPECT_EQ(field_of_complaint(fields), "key");
    Fields again(body);
    EXPECT_TRUE(again.secret("pin", 9).empty());
    EXPECT_EQ(field_of_complaint(again), "pin");
}

TEST(Fields, TakeASecretThatIsNotThereForEmptyWhereItMayBeMissing)
{
    const auto body = parse(R"({"key": null})");
    Fields fields(body);
    EXPECT_TRUE(fields.secret_or_empty("password", 9).empty());
    EXPECT_TRUE(fields.secret_or_empty("key", 9).empty());
    EXPECT_TRUE(fields.check().has_value());
    EXPECT_TRUE(fields.secret("password", 9).empty());
    EXPECT_EQ(field_of_complaint(fields), "password");
}

}  // namespace
}  // namespace sealpost::http
