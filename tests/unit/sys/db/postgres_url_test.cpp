#include "sys/db/postgres_url.hpp"

#include <gtest/gtest.h>

namespace sealpost::db {
namespace {

TEST(PostgresUrl, TellsWhetherSomebodyCouldStandBetween)
{
    for (const char* local : {"postgresql:///mail", "postgresql:///mail?host=/run/postgresql", "postgresql://localhost/mail",
                              "postgresql://sealpost@127.0.0.1:5433/mail", "postgresql://[::1]/mail"})
        EXPECT_TRUE(PostgresUrl::parse(local).value().is_local) << local;
    for (const char* far :
         {"postgresql://db.acme.test/mail", "postgresql://localhost,db.acme.test/mail", "postgresql:///mail?host=192.0.2.1",
          "postgresql:///mail?service=elsewhere", "postgres://localhost/mail?hostaddr=192.0.2.1"})
        EXPECT_FALSE(PostgresUrl::parse(far).value().is_local) << far;
}

TEST(PostgresUrl, TellsWhetherTheServerIsProven)
{
    EXPECT_TRUE(PostgresUrl::parse("postgresql://db.acme.test/mail").value().is_proven());
    EXPECT_TRUE(PostgresUrl::parse("postgresql://db.acme.test/mail?sslmode=verify-full").value().is_proven());
    EXPECT_TRUE(PostgresUrl::parse("postgresql://localhost/mail?sslmode=disable").value().is_proven());
    for (const char* mode : {"disable", "allow", "prefer", "require", "verify-ca"})
        EXPECT_FALSE(PostgresUrl::parse(std::string("postgresql://db.acme.test/mail?sslmode=") + mode).value().is_proven())
            << mode;
}

TEST(PostgresUrl, FindsAPasswordAndQuotesNone)
{
    EXPECT_TRUE(PostgresUrl::parse("postgresql://sealpost:geheim@db.acme.test/mail").value().has_password);
    EXPECT_TRUE(PostgresUrl::parse("postgresql://db.acme.test/mail?password=geheim").value().has_password);
    EXPECT_FALSE(PostgresUrl::parse("postgresql://sealpost@db.acme.test/mail").value().has_password);
    for (const char* bad : {"postgresql://a:geheim%zz@host/db", "postgresql://host/db?nothing=geheim", "postgresql://[geheim/db",
                            "postgresql://user:pa/geheim@host/db", "postgresql://user:1/geheim@host/db"}) {
        const auto read = PostgresUrl::parse(bad);
        ASSERT_TRUE(read.has_error()) << bad;
        EXPECT_EQ(read.error().fault, Fault::config);
        EXPECT_EQ(read.error().text.find("geheim"), std::string::npos) << read.error().text;
    }
}

}  // namespace
}  // namespace sealpost::db
