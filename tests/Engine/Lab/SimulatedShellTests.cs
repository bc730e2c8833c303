using FluentAssertions;
using Homelab.Engine.Lab.Ssh;
using Xunit;
using World = Homelab.Engine.Lab.World;

namespace Homelab.Tests.Engine.Lab;

/// <summary>Commands as the product sends them.</summary>
public sealed class SimulatedShellTests
{
    [Theory]
    [InlineData("'a' 'b c'", new[] { "a", "b c" })]
    [InlineData("'it'\\''s'", new[] { "it's" })]
    [InlineData("'' x", new[] { "", "x" })]
    public void Words_Quoted_ArriveAsTheyAre(string command, string[] words) => SimulatedShell.Words(command).Should().Equal(words);

    [Fact]
    public async Task Run_AnUnknownProgram_IsNotFound()
    {
        var result = await new SimulatedShell(new World.Homelab(1, DateTimeOffset.UnixEpoch)).RunAsync(new("nas", "'rm' '-rf' '/'", ""), default);
        result!.ExitCode.Should().Be(127);
    }
}
