using System.Text.Json;
using FluentAssertions;
using Homelab.Engine.Gate;
using Xunit;

namespace Homelab.Tests.Engine.Gate;

public sealed class CanonicalJsonTests
{
    [Theory]
    [InlineData("1.50", "1.5")]
    [InlineData("-0", "0")]
    [InlineData("1e2", "100")]
    [InlineData("1e-9", "0.000000001")]
    [InlineData("1.0e-9", "0.000000001")]
    [InlineData("1e400", "1e400")]
    [InlineData("[1,[2.0]]", "[1,[2]]")]
    [InlineData("{\"b\":1,\"a\":1,\"a\":2}", "{\"a\":2,\"b\":1}")]
    public void Write_Value_IsExactlyThis(string json, string expected) => CanonicalJson.Write(JsonSerializer.Deserialize<JsonElement>(json)).Should().Be(expected);

    [Fact]
    public void Write_NothingAtAll_IsNull() => CanonicalJson.Write(default).Should().Be("null");

    [Fact]
    public void Write_Replaced_IsByTheLastValueAndOnlyAtTheTop() =>
        CanonicalJson.Write(JsonSerializer.Deserialize<JsonElement>("""{"token":"a","token":"b","deep":{"token":"c"}}"""), (name, value) => name == "token" ? $"was {value.GetString()}" : null)
            .Should().Be("""{"deep":{"token":"c"},"token":"was b"}""");
}
