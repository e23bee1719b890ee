#include "sys/files/look_for.hpp"

#include <gtest/gtest.h>

namespace sealpost::files {
namespace {

TEST(LookFor, TellsWhatIsThereFromWhatCannotBeLookedAt)
{
    EXPECT_TRUE(look_for(testing::TempDir()).value());
    EXPECT_FALSE(look_for(Path(testing::TempDir()) / "nothing-of-that-name").value());
    EXPECT_EQ(look_for(std::string(5000, 'x')).error().fault, Fault::config) << "longer than the system takes names";
}

}  // namespace
}  // namespace sealpost::files
