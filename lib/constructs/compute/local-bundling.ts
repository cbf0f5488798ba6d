import { type AssetOptions, AssetHashType, DockerImage } from 'aws-cdk-lib';

/** Options of an asset that `write` puts into a folder, without Docker. Its hash changes only with what was written. */
export function bundledBy(write: (folder: string) => void): AssetOptions {
  return {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Required, and never pulled: the local bundling below always succeeds.
      image: DockerImage.fromRegistry('none'),
      local: {
        tryBundle: (folder) => {
          write(folder);
          return true;
        },
      },
    },
  };
}
