#include "sys/pkcs11/key_uri.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sealpost::pkcs11 {
namespace {

using testing::HasSubstr;

TEST(KeyUri, NamesAKeyItsModuleAndTheFileOfThePin)
{
    const auto uri = KeyUri::parse(
        "pkcs11:token=our%20keys;object=kek-1;type=secret-key?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/etc/"
        "pin");
    ASSERT_TRUE(uri.has_value()) << uri.error().text;
    EXPECT_EQ(uri->name(), "pkcs11:token=our%20keys;object=kek-1;type=secret-key");
    EXPECT_EQ(uri->module_path(), "/usr/lib/softhsm/libsofthsm2.so");
    EXPECT_EQ(uri->pin_file(), "/etc/pin");
    EXPECT_EQ(KeyUri::parse("pkcs11:serial=1;id=%01?pin-source=file:///p&module-path=/m")->pin_file(), "/p");
}

TEST(KeyUri, RefusesWhatItDoesNotTakeAndSaysWhy)
{
    const std::string query = "?module-path=/m&pin-source=file:/p";
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"file:kek.key", "not pkcs11"},
        {"pkcs11:", "names no token"},
        {"pkcs11:token=t" + query, "names no key"},
        {"pkcs11:object=k" + query, "names no token"},
        {"pkcs11:token=t;object=k", "module-path"},
        {"pkcs11:token=t;object=k?module-path=/m", "pin-source"},
        {"pkcs11:token=t;object=k?module-path=m&pin-source=file:/p", "whole path"},
        {"pkcs11:token=t;object=k?module-path=/m&pin-source=file:p", "whole path"},
        {"pkcs11:token=t;object=k?module-path=/m&pin-source=|cat /p", "pin-source is file:"},
        {"pkcs11:token=t;object=k?module-path=/m&pin-value=1234", "file of mode 0600"},
        {"pkcs11:token=t;object=k?module-name=softhsm&pin-source=file:/p", "module-path"},
        {"pkcs11:token=t;object=k;slot-id=3" + query, "slots change"},
        {"pkcs11:token=t;object=k;module-path=/m?pin-source=file:/p", "stands behind"},
        {"pkcs11:token=t;object=k;colour=red" + query, "unknown attribute \"colour\""},
        {"pkcs11:token=t;object=k" + query + "&colour=red", "unknown attribute \"colour\""},
        {"pkcs11:token=t;token=u;object=k" + query, "token stands twice"},
        {"pkcs11:token=;object=k" + query, "token is empty"},
        {"pkcs11:token;object=k" + query, "name=value"},
        {"pkcs11:token=t;object=%zz" + query, "not a PKCS#11 URI"},
        {"pkcs11:token=t;object=k;type=private" + query, "secret-key"},
    };
    for (const auto& [text, why] : cases) {
        const auto uri = KeyUri::parse(text);
        ASSERT_TRUE(uri.has_error()) << text;
        EXPECT_EQ(uri.error().fault, Fault::config);
        EXPECT_THAT(uri.error().text, HasSubstr(why));
        EXPECT_EQ(uri.error().text.find("1234"), std::string::npos);
    }
}

}  // namespace
}  // namespace sealpost::pkcs11
