#include "core/people/people.hpp"

#include "core/people/schema.hpp"
#include "sys/db/database.hpp"

namespace sealpost::people {

Result<std::shared_ptr<People>> People::open(std::shared_ptr<db::Database> database, const Clock& clock, Options options)
{
    SEALPOST_CHECK(database->migrate("people", schema_steps()));
    return std::shared_ptr<People>(new People(Store{std::move(database), &clock}, std::move(options)));
}

People::People(Store store, Options options)
    : passwords_(std::make_shared<PasswordChecker>(options.hashing)),
      accounts_(store),
      persons_(store, passwords_),
      administrators_(store, passwords_),
      codes_(store, std::move(options.pepper)),
      sessions_(store, Sessions::Kind::person),
      administrator_sessions_(store, Sessions::Kind::administrator),
      factors_(store, std::move(options.vault)),
      passkeys_(store),
      guard_(store),
      audit_(store),
      keep_audit_(options.keep_audit)
{
}

Task<Result<>> People::sweep()
{
    SEALPOST_CO_CHECK(co_await codes_.sweep());
    SEALPOST_CO_CHECK(co_await sessions_.sweep());
    SEALPOST_CO_CHECK(co_await administrator_sessions_.sweep());
    SEALPOST_CO_CHECK(co_await factors_.sweep());
    SEALPOST_CO_CHECK(co_await passkeys_.sweep());
    SEALPOST_CO_CHECK(co_await guard_.sweep());
    if (keep_audit_) SEALPOST_CO_CHECK(co_await audit_.shorten(*keep_audit_));
    co_return Result<>();
}

}  // namespace sealpost::people
