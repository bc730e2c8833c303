using System.ComponentModel;

namespace Homelab.Activities.Borg;

[Activity(
    "borg.check_repository", "Check repository", "Checks the structure of a repository and, when asked for, reads all its data. Damage is an answer, not an error.",
    TimeoutSeconds = 43_200)]
internal sealed class CheckRepository(BorgRepositories repositories) : IActivity<CheckRepository.Input, CheckRepository.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var repository = await repositories.OpenAsync(input.Connection, context, cancellationToken);
        List<string> words = ["check", "--verbose"];
        if (input.ReadData)
            words.Add("--verify-data");
        var answer = await repository.ReadAsync([.. words, "--", repository.Path], cancellationToken, TimeSpan.FromHours(12), anyExit: true);
        // 1 is damage; more is a repository that could not be checked.
        answer.Expect(also: 1);
        return new()
        {
            Ok = answer.ExitCode == 0,
            Said = [.. answer.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(100)],
        };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("Read all data too; can take long.")]
        public bool ReadData { get; init; }
    }

    internal sealed record Output
    {
        [Description("No damage was found.")]
        public required bool Ok { get; init; }

        [Description("What borg said, its last lines.")]
        public required IReadOnlyList<string> Said { get; init; }
    }
}
