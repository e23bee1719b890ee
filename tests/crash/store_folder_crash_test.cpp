// The folder of a store is synced once its files have been made: a disk that keeps no names would lose the log, and in it
// what was answered with 250. SQLite passes over a failure of that sync; we do not.
#include "crash_disk.hpp"

#include "sys/db/database.hpp"
#include "temporary_folder.hpp"

namespace sealpost::crash {
namespace {

TEST(StoreFolder, IsSyncedWhenAStoreIsOpenedOrTheStoreIsNot)
{
    const test::TemporaryFolder folder;
    const std::string store = folder.file("store.db");
    CrashDisk disk(folder.path());
    for (const char* which : {"a new store", "one that is there, whose log is made anew"}) {
        SCOPED_TRACE(which);
        disk.begin(0);
        disk.refuse_syncs_of(folder.path());
        EXPECT_TRUE(db::Database::open(store).has_error());
        disk.refuse_syncs_of({});
        const auto opened = db::Database::open(store);
        ASSERT_TRUE(opened.has_value()) << opened.error().text;
        EXPECT_TRUE((*opened)->migrate("room", {"create table thing (id integer primary key)"}).has_value());
        (*opened)->close();
    }
}

}  // namespace
}  // namespace sealpost::crash
