using FluentAssertions;
using Homelab.Activities;
using System.Text.Json.Nodes;
using Xunit;

namespace Homelab.Tests.Activities.Connections;

public sealed class SecretsTests
{
    private readonly Secrets _secrets = new(new Store());

    [Fact]
    public async Task Resolve_EachKindOfReference_GivesTheValue()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "from-a-file\n");
        (await _secrets.ResolveAsync("secret:docker", default)).Should().Be("from-the-store");
        (await _secrets.ResolveAsync($"file:{file}", default)).Should().Be("from-a-file");
        (await _secrets.ResolveAsync("env:PATH", default)).Should().Be(Environment.GetEnvironmentVariable("PATH"));
        (await _secrets.ResolveAsync("as-it-is", default)).Should().Be("as-it-is");
        File.Delete(file);
    }

    [Theory]
    [InlineData("secret:nobody", "'nobody'")]
    [InlineData("env:HOMELAB_NO_SUCH_VARIABLE", "'HOMELAB_NO_SUCH_VARIABLE'")]
    [InlineData("file:/no/such/file", "'/no/such/file'")]
    public async Task Resolve_Missing_NamesTheReference(string reference, string named) =>
        (await FluentActions.Awaiting(() => _secrets.ResolveAsync(reference, default)).Should().ThrowAsync<ActivityException>())
            .Which.Should().Match<ActivityException>(exception => exception.Message.Contains(named) && !exception.Retryable);

    [Fact]
    public async Task Scrub_EveryForm_IsMasked()
    {
        const string Value = "pass word/+1";
        await _secrets.ResolveAsync(Value, default);
        var node = new JsonObject
        {
            ["plain"] = $"x {Value} y",
            ["escaped"] = Uri.EscapeDataString(Value),
            ["basic"] = Convert.ToBase64String("pass word/+1"u8),
            [Value] = new JsonArray(Value, 7, null),
        };
        _secrets.Scrub(node)!.ToJsonString().Should().Be("""{"plain":"x *** y","escaped":"***","basic":"***","***":["***",7,null]}""");
    }

    [Fact]
    public void Scrub_SecretWithinASecret_IsMaskedWhole()
    {
        _secrets.Remember("inner");
        _secrets.Remember("the-inner-one");
        _secrets.Scrub("a the-inner-one b").Should().Be("a *** b");
    }

    private sealed class Store : ISecretSource
    {
        public Task<string?> FindAsync(string name, CancellationToken cancellationToken) => Task.FromResult(name == "docker" ? "from-the-store" : null);
    }
}
