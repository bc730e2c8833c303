namespace Homelab.Tests.Activities;

internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Homelab.Workflows.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("Homelab.Workflows.sln is in no folder above the tests.");
    }
}
